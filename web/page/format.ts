export function megabytes(bytes: number, language: string): string {
  return `${new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(bytes / 1e6)} MB`;
}

export function seconds(ms: number, language: string): string {
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: ms < 10_000 ? 2 : 0 }).format(ms / 1000)} s`;
}

export function whole(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

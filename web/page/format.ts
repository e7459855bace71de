/** In MB, or GB from 1000 MB on, with one decimal. */
export function fileSize(bytes: number, language: string): string {
  const [divisor, unit] = bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(bytes / divisor)} ${unit}`;
}

export function seconds(ms: number, language: string): string {
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: ms < 10_000 ? 2 : 0 }).format(ms / 1000)} s`;
}

export function whole(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

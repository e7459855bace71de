import type { Browser } from "playwright-core";

export const chromiumArgs: string[];
export const chromiumPatience: number;
export function chromiumPath(): string | null;
export function launchChromium(): Promise<Browser | null>;

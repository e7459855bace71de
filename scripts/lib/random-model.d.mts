export function randomModel(shape: string, options?: { weights?: string; seed?: number; out?: string; shardSize?: string }): Promise<string>;

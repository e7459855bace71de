// Writes checkpoints as torch.save does, in both of its formats, and as it would not.

/** A tensor of a state dict; by default the whole of a storage of its own. */
export interface TorchTensorSpec {
  name: string;
  shape: number[];
  bytes: Uint8Array;
  /** Of torch's storage classes. Default FloatStorage. */
  type?: string;
  elementBytes?: number;
  /** Key of the storage, default the tensor's position; of several tensors with one key the first one's bytes are stored. */
  key?: string;
  offset?: number;
  strides?: number[];
}

const ascii = (text: string) => [...new TextEncoder().encode(text)];
const u16 = (value: number) => [value & 255, (value >> 8) & 255];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(Math.floor(value / 65536))];
const u64 = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];

/** Opcodes of protocol 2, by what they do. */
export const op = {
  proto: [0x80, 2],
  emptyDict: [0x7d],
  emptyTuple: [0x29],
  mark: [0x28],
  tuple: [0x74],
  reduce: [0x52],
  build: [0x62],
  setItems: [0x75],
  appends: [0x65],
  emptyList: [0x5d],
  persistentId: [0x51],
  none: [0x4e],
  true: [0x88],
  false: [0x89],
  stop: [0x2e],
  text: (text: string) => [0x58, ...u32(ascii(text).length), ...ascii(text)],
  int: (value: number) => [0x4a, ...u32(value >>> 0)],
  global: (module: string, name: string) => [0x63, ...ascii(`${module}\n${name}\n`)],
  put: (index: number) => [0x71, index],
};
const tuple = (values: number[]) => [...op.mark, ...values.flatMap(op.int), ...op.tuple];
const orderedDict = [...op.global("collections", "OrderedDict"), ...op.emptyTuple, ...op.reduce];

const rowOrder = (shape: number[]) => shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
const sizeOf = ({ bytes, elementBytes = 4 }: TorchTensorSpec) => bytes.length / elementBytes;

/** The pickle of a state dict; `old` adds the view, none, that the older format has in its storages. */
function stateDictPickle(tensors: TorchTensorSpec[], old = false): number[] {
  const items = tensors.flatMap((tensor, i) => {
    const { name, shape, type = "FloatStorage", key = String(i), offset = 0, strides = rowOrder(shape) } = tensor;
    const first = tensors.find((other, j) => (other.key ?? String(j)) === key)!;
    const storage = [
      ...op.mark,
      ...op.text("storage"),
      ...op.global("torch", type),
      ...op.text(key),
      ...op.text("cpu"),
      ...op.int(sizeOf(first)),
      ...(old ? op.none : []),
      ...op.tuple,
      ...op.persistentId,
    ];
    const args = [...op.mark, ...storage, ...op.int(offset), ...tuple(shape), ...tuple(strides), ...op.false, ...orderedDict, ...op.tuple];
    return [...op.text(name), ...op.global("torch._utils", "_rebuild_tensor_v2"), ...args, ...op.reduce];
  });
  // OrderedDicts of modules carry _metadata, as an attribute.
  const metadata = [...op.emptyDict, ...op.mark, ...op.text("_metadata"), ...orderedDict, ...op.setItems];
  return [...op.proto, ...orderedDict, ...op.put(0), ...op.mark, ...items, ...op.setItems, ...metadata, ...op.build, ...op.stop];
}

function storagesOf(tensors: TorchTensorSpec[]): Map<string, TorchTensorSpec> {
  const storages = new Map<string, TorchTensorSpec>();
  tensors.forEach((tensor, i) => storages.has(tensor.key ?? String(i)) || storages.set(tensor.key ?? String(i), tensor));
  return storages;
}

interface ZipMember {
  name: string;
  bytes: ArrayLike<number>;
}

export function torchMembers(tensors: TorchTensorSpec[]): ZipMember[] {
  return [
    { name: "archive/data.pkl", bytes: stateDictPickle(tensors) },
    { name: "archive/byteorder", bytes: ascii("little") },
    ...[...storagesOf(tensors)].map(([key, { bytes }]) => ({ name: `archive/data/${key}`, bytes })),
    { name: "archive/version", bytes: ascii("3\n") },
  ];
}

/** A zip of stored members. `sizes`: in a data descriptor after the data, as torch writes them, or in the headers. */
export function zip(
  members: ZipMember[],
  {
    sizes = "descriptor",
    zip64 = false,
    method = 0,
    comment = "",
  }: { sizes?: "descriptor" | "header"; zip64?: boolean; method?: number; comment?: string } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: number[] = [];
  let position = 0;
  const add = (bytes: ArrayLike<number>) => {
    parts.push(Uint8Array.from(bytes));
    position += bytes.length;
  };
  for (const { name, bytes } of members) {
    const late = sizes === "descriptor";
    const offset = position;
    const field = (size: number) => (zip64 ? 0xffffffff : size);
    const extra = zip64 ? [...u16(1), ...u16(16), ...u64(late ? 0 : bytes.length), ...u64(late ? 0 : bytes.length)] : [];
    const header = (flags: number, size: number) => [
      ...u16(flags),
      ...u16(method),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...u32(size),
      ...u32(size),
      ...u16(ascii(name).length),
    ];
    add([
      ...u32(0x04034b50),
      ...u16(0),
      ...header(late ? 0x808 : 0x800, late && !zip64 ? 0 : field(bytes.length)),
      ...u16(extra.length),
      ...ascii(name),
      ...extra,
    ]);
    add(bytes);
    if (late) add([...u32(0x08074b50), ...u32(0), ...(zip64 ? [...u64(bytes.length), ...u64(bytes.length)] : [...u32(bytes.length), ...u32(bytes.length)])]);
    directory.push(
      ...u32(0x02014b50),
      ...u16(0),
      ...u16(0),
      ...header(0x808, field(bytes.length)),
      ...u16(extra.length),
      ...u16(0),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...u32(offset),
      ...ascii(name),
      ...extra,
    );
  }
  const begin = position;
  add(directory);
  if (zip64) {
    const end = position;
    add([
      ...u32(0x06064b50),
      ...u64(44),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...u32(0),
      ...u64(members.length),
      ...u64(members.length),
      ...u64(directory.length),
      ...u64(begin),
    ]);
    add([...u32(0x07064b50), ...u32(0), ...u64(end), ...u32(1)]);
  }
  add([
    ...u32(0x06054b50),
    ...u16(0),
    ...u16(0),
    ...u16(members.length),
    ...u16(members.length),
    ...u32(directory.length),
    ...u32(begin),
    ...u16(comment.length),
    ...ascii(comment),
  ]);
  const file = new Uint8Array(position);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** The format before PyTorch 1.6. */
export function torchSequence(tensors: TorchTensorSpec[]): Uint8Array {
  const storages = [...storagesOf(tensors)];
  const magic = [...op.proto, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, ...op.stop];
  const protocol = [...op.proto, 0x4d, ...u16(1001), ...op.stop];
  const system = [
    ...op.proto,
    ...op.emptyDict,
    ...op.mark,
    ...op.text("little_endian"),
    ...op.true,
    ...op.text("protocol_version"),
    ...op.int(1001),
    ...op.setItems,
    ...op.stop,
  ];
  const keys = [...op.proto, ...op.emptyList, ...op.mark, ...storages.flatMap(([key]) => op.text(key)), ...op.appends, ...op.stop];
  const head = [...magic, ...protocol, ...system, ...stateDictPickle(tensors, true), ...keys];
  return Uint8Array.from([...head, ...storages.flatMap(([, tensor]) => [...u64(sizeOf(tensor)), ...tensor.bytes])]);
}

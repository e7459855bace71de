// The files of a drop, those inside dropped folders included.

export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // All has to be taken before the first wait: the list is emptied when the event is over.
  const items = [...data.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile()).filter((item) => item !== null);
  return (await Promise.all(items.map((item) => (item instanceof File ? [item] : filesOf(item))))).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader gives a directory in portions, an empty one at the end.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return files;
    for (const child of portion) if (child.isFile) files.push(...(await filesOf(child)));
  }
}

/** The object key of an upload where none was chosen. It begins with its owner's id, as a prefix scan by owner wants. */
export function uploadObjectKey({ userId, id }: { readonly userId: string; readonly id: string }): string {
  return `${userId}/${id}`.toLowerCase();
}

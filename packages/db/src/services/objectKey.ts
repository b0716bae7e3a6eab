/** The default object key of an upload. It begins with the owner's id, for prefix scans by owner. */
export function uploadObjectKey({ userId, id }: { readonly userId: string; readonly id: string }): string {
  return `${userId}/${id}`.toLowerCase();
}

/**
 * Frees the bytes of a buffer that nobody reads any more: it is empty afterwards. They would stay until a full collection, since
 * they live longer than what is young, and a busy worker makes a hundred megabytes of them before one is due.
 * Only for a buffer that has its bytes for itself (`allocUnsafeSlow`): those of a pool are others', too.
 */
export const giveBack = (buffer: Buffer<ArrayBuffer>): void => {
  if (buffer.length === buffer.buffer.byteLength) buffer.buffer.transfer(0);
};

/** Lists of chunks in the order they are to be sent: holds references and a position, never a copy. */
export class ChunkQueue {
  readonly #lists: (readonly Uint8Array[])[] = [];
  #index = 0;
  #offset = 0;
  #bytes = 0;

  /** Bytes that are still to be taken. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 0) return;
    this.#lists.push(chunks);
    for (const chunk of chunks) this.#bytes += chunk.length;
  }

  clear(): void {
    this.#lists.length = 0;
    this.#index = 0;
    this.#offset = 0;
    this.#bytes = 0;
  }

  /** Takes the next chunk, or a view of its first `maxBytes`; undefined when there is none or nothing may be taken. */
  take(maxBytes: number): Uint8Array | undefined {
    const chunk = this.#lists[0]?.[this.#index];
    if (chunk === undefined || maxBytes <= 0) return undefined;
    const start = this.#offset;
    if (chunk.length - start > maxBytes) {
      this.#offset += maxBytes;
      this.#bytes -= maxBytes;
      return chunk.subarray(start, this.#offset);
    }
    this.#bytes -= chunk.length - start;
    this.#advance();
    return start === 0 ? chunk : chunk.subarray(start);
  }

  #advance(): void {
    this.#offset = 0;
    this.#index++;
    if (this.#index < (this.#lists[0]?.length ?? 0)) return;
    this.#index = 0;
    this.#lists.shift();
  }
}

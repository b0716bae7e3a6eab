/** The store's rule for a key: 1 to 1,024 bytes of UTF-8, in NFC (Cloudflare R2 limits page). */
export function objectKeyBoundaries(column: string) {
  return {
    refused: [
      { [column]: `''` },
      { [column]: `repeat('k', 1025)` },
      // 1,026 bytes in 513 characters: the store limits bytes.
      { [column]: `repeat(U&'\\00E9', 513)` },
      // "é" as two code points: the store would treat both spellings as one object.
      { [column]: `U&'cafe\\0301.mp3'` },
    ],
    admitted: [
      { [column]: `'k'` },
      { [column]: `repeat('k', 1024)` },
      { [column]: `repeat(U&'\\00E9', 512)` },
      { [column]: `U&'caf\\00E9.mp3'` },
    ],
  };
}

/** An infinite time would belong to no UTC day, and its bytes to no quota. */
export function finiteTimeBoundaries(column: string) {
  return {
    refused: [{ [column]: `'infinity'` }, { [column]: `'-infinity'` }],
    admitted: [{ [column]: `'2000-01-01T00:00:00Z'` }, { [column]: `'9999-12-31T23:59:59Z'` }],
  };
}

/** The proof of work (hashcash): a counter such that SHA-256 of `puzzle:counter` has enough leading zero bits. */

const BATCH = 512;

function leadingZeros(digest: ArrayBuffer): number {
  let bits = 0;
  for (const byte of new Uint8Array(digest)) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** The answer to a puzzle. It takes about a second, in batches, so that the page stays responsive. */
export async function solve(puzzle: string, bits: number): Promise<string> {
  const encoder = new TextEncoder();
  for (let start = 0; ; start += BATCH) {
    const answers = Array.from({ length: BATCH }, (_, n) => `${puzzle}:${(start + n).toString(36)}`);
    const digests = await Promise.all(
      answers.map((answer) => crypto.subtle.digest("SHA-256", encoder.encode(answer))),
    );
    const found = answers[digests.findIndex((digest) => leadingZeros(digest) >= bits)];
    if (found !== undefined) return found;
  }
}

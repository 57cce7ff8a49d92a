/** Draws the picture by which an app takes the secret over. */
import { encode } from 'fast-png';

/** Pixels per module: large enough for people who save the picture as a file. */
export const modulePixels = 6;

export interface QrPicture {
  /** Width and height in pixels, quiet zone included. */
  readonly size: number;
  /** PNG (RFC 2397 data URL), so that the page needs no other address and no picture is stored. */
  readonly image: string;
}

/** @param matrix rows of modules, true is dark, the quiet zone included */
export function drawQr(matrix: readonly (readonly boolean[])[]): QrPicture {
  const size = matrix.length * modulePixels;
  const data = new Uint8Array(size * size).fill(255);
  for (const [y, row] of matrix.entries())
    for (const [x, dark] of row.entries())
      if (dark)
        for (let line = y * modulePixels; line < (y + 1) * modulePixels; line += 1)
          data.fill(0, line * size + x * modulePixels, line * size + (x + 1) * modulePixels);
  const png = encode({ width: size, height: size, data, depth: 8, channels: 1 });
  return { size, image: `data:image/png;base64,${Buffer.from(png).toString('base64')}` };
}

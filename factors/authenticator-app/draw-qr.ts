export interface QrDrawing {
  /** Width and height of the drawing in modules, quiet zone included. */
  readonly size: number;
  /** What is dark, as path data (SVG 2 §9.3): one stroke per run of modules. */
  readonly path: string;
}

/** ISO/IEC 18004 asks for four modules of nothing around the symbol. */
const quiet = 4;

/** @param matrix rows of modules, true is dark, without a border */
export function drawQr(matrix: readonly (readonly boolean[])[]): QrDrawing {
  const runs = matrix.flatMap((row, y) =>
    row.flatMap((dark, x) => {
      if (!dark || row[x - 1]) return [];
      const end = row.indexOf(false, x);
      const length = (end < 0 ? row.length : end) - x;
      return [`M${x + quiet} ${y + quiet}h${length}v1h-${length}z`];
    }),
  );
  return { size: matrix.length + 2 * quiet, path: runs.join('') };
}

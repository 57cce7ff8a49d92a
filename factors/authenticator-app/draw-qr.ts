export interface QrDrawing {
  /** Width and height of the drawing in modules, quiet zone included. */
  readonly size: number;
  /** What is dark, as path data (SVG 2 §9.3): one stroke per run of modules. */
  readonly path: string;
}

/** @param matrix rows of modules, true is dark, the quiet zone included */
export function drawQr(matrix: readonly (readonly boolean[])[]): QrDrawing {
  const runs = matrix.flatMap((row, y) =>
    row.flatMap((dark, x) => {
      if (!dark || row[x - 1]) return [];
      const length = row.indexOf(false, x) - x;
      return [`M${x} ${y}h${length}v1h-${length}z`];
    }),
  );
  return { size: matrix.length, path: runs.join('') };
}

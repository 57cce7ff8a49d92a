/** Reads a QR code as a camera would: from the screenshot. */
import { decodeQR } from 'qr/decode.js';
import type { Browser, Locator } from 'playwright-core';

export async function readQrOnScreen(browser: Browser, drawing: Locator): Promise<string> {
  const png = await drawing.screenshot();
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    // An empty page does the arithmetic of the image.
    const seen = await page.evaluate<{ width: number; height: number; pixels: string }>(`(async () => {
      const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (one) => one.codePointAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const { width, height } = picture;
      const canvas = new OffscreenCanvas(width, height);
      const brush = canvas.getContext('2d');
      brush.drawImage(picture, 0, 0);
      const pixels = Array.from(brush.getImageData(0, 0, width, height).data, (one) => String.fromCharCode(one)).join('');
      return { width, height, pixels: btoa(pixels) };
    })()`);
    return decodeQR({ width: seen.width, height: seen.height, data: Buffer.from(seen.pixels, 'base64') });
  } finally {
    await context.close();
  }
}

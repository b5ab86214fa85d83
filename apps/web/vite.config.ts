import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server puts a nonce in the place of __CSP_NONCE__ with every page, so nothing may be inlined: no data: URL, no script, no style.
export default defineConfig({
  plugins: [react()],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    target: 'es2023',
    sourcemap: 'hidden',
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { main: 'index.html', redirect: 'redirect.html' } },
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': { target: 'http://localhost:8480', changeOrigin: true } } },
});

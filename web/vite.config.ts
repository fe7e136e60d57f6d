import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.VESTIBULE_DEV_SERVER ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Files find each other wherever they lie: the server may be below a path of somebody else's host.
  experimental: {
    renderBuiltUrl: (_, { hostType }) => (hostType === "html" ? undefined : { relative: true }),
  },
  build: {
    outDir: process.env.VESTIBULE_PAGES_DIR ?? "../src/vestibule/pages",
    emptyOutDir: true,
    target: "es2022",
    // No inline assets: the content security policy allows files of our own only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Two files in place of thirty small ones. The passkey library is loaded on demand.
            { name: "libraries", test: /node_modules\/(?!@simplewebauthn)/, priority: 1 },
            { name: "shared", test: /\/web\/src\/(?!app\/locales)/, minShareCount: 5 },
          ],
        },
      },
    },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(["/api", "/dev", "/forward-auth", "/health"].map((path) => [path, server])),
  },
});

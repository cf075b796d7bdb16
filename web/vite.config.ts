import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import Components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig } from "vite";

// The workbench is served by the C++ server at /desk/; its files carry hashes in their names.
export default defineConfig({
  base: "/desk/",
  plugins: [vue(), Components({ resolvers: [ElementPlusResolver()], dts: "src/components.d.ts", dirs: [] })],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist/desk",
    emptyOutDir: true,
    target: "es2020",
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": "http://localhost:8080", "/assets": "http://localhost:8080" } },
});

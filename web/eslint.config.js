import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "dist", "src/api/generated.ts", "scripts", "*.cjs", "public"] },
  ...tseslint.configs.strict,
  { files: ["src/**/*.{ts,tsx}"], ...a11y.flatConfigs.recommended },
  { files: ["src/**/*.{ts,tsx}"], plugins: { "react-hooks": hooks }, rules: hooks.configs.recommended.rules },
  // RTK Query says "no argument" with void.
  { files: ["src/api/index.ts"], rules: { "@typescript-eslint/no-invalid-void-type": "off" } },
);

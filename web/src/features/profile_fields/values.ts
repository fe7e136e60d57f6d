import type { ProfileFieldView } from "../../api";

/** The values of profile fields in a form, by name: what is typed, or whether a box is ticked. */
export type FormValues = Record<string, string | boolean>;
type Value = string | number | boolean;

/** What a form begins with. */
export function initialValues(fields: ProfileFieldView[], profile: Record<string, Value> = {}): FormValues {
  return Object.fromEntries(
    fields.map(({ name, kind }) => {
      const value = profile[name];
      return [name, kind === "boolean" ? value === true : String(value ?? "")];
    }),
  );
}

/** What is sent: typed values, and null for what is left empty. */
export function typedValues(fields: ProfileFieldView[], values: FormValues): Record<string, Value | null> {
  return Object.fromEntries(
    fields.map(({ name, kind }) => {
      const value = values[name] ?? "";
      if (typeof value === "boolean") return [name, value];
      if (value.trim() === "") return [name, null];
      return [name, kind === "number" ? (numberOf(value) ?? value) : value];
    }),
  );
}

/** The number that a person typed, with a decimal point or comma; undefined if it is none. */
export function numberOf(typed: string): number | undefined {
  const text = typed.trim();
  return /^[+-]?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : undefined;
}

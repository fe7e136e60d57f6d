import type { ProfileFieldView } from "../../api";

/** The values of profile fields in a form, by the name of the field as errors name it: what is typed or ticked. */
export type ProfileValues = Record<InputName, string | boolean>;
export type InputName = `profile.${string}`;
type Value = string | number | boolean;

export function inputName({ name }: ProfileFieldView): InputName {
  return `profile.${name}`;
}

/** What a form begins with. */
export function initialValues(fields: ProfileFieldView[], profile: Record<string, Value>): ProfileValues {
  return Object.fromEntries(
    fields.map((field) => {
      const value = profile[field.name];
      return [inputName(field), field.kind === "boolean" ? value === true : String(value ?? "")];
    }),
  );
}

/** What is sent: typed values, and null for what is left empty. */
export function typedValues(fields: ProfileFieldView[], values: ProfileValues): Record<string, Value | null> {
  return Object.fromEntries(
    fields.map((field) => {
      const { name, kind } = field;
      const value = values[inputName(field)] ?? (kind === "boolean" ? false : "");
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

import { useTranslation } from "react-i18next";

import type { ProfileFieldView } from "../../api";
import type { Rules } from "../../ui/useForm";
import { inputName, numberOf, type ProfileValues } from "./values";

// A text of any length that a field takes by default, and a number beyond these, need no words.
const DEFAULT_LENGTH = 200;
const LARGE = 1_000_000_000;

/** Returns a function for a field's label: a word of the catalogue, else its name in words. */
export function useLabel(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`profile.labels.${name}`, { defaultValue: inWords(name) });
}

/** Returns a function for a field's hint: whether it is optional, and its bounds. */
export function useHint(): (field: ProfileFieldView) => string | undefined {
  const { t } = useTranslation();
  return (field) => {
    const { required, kind, minimum: min, maximum: max } = field;
    const parts = [
      required ? "" : t("common.optional"),
      kind === "text" && max !== DEFAULT_LENGTH ? t("profile.length", { min, max }) : "",
      kind === "number" && isBounded(field) ? t("profile.range", { min, max }) : "",
    ];
    return parts.filter(Boolean).join(" · ") || undefined;
  };
}

/** Returns a function for the rules of the fields' inputs; the server checks them again. */
export function useFieldRules(): (fields: ProfileFieldView[]) => Rules<ProfileValues> {
  const { t } = useTranslation();
  const complaint = (field: ProfileFieldView, value: string | boolean): string | undefined => {
    if (typeof value === "boolean") return undefined;
    const text = value.trim();
    if (text === "") return field.required ? t("errors.required") : undefined;
    const min = field.minimum ?? 0;
    const max = field.maximum ?? 0;
    if (field.kind === "text") {
      const length = [...text.normalize("NFC")].length;
      return length < min || length > max ? t("profile.lengthWrong", { min, max }) : undefined;
    }
    if (field.kind !== "number") return undefined;
    const number = numberOf(text);
    if (number === undefined) return t("profile.numberWrong");
    return number < min || number > max ? t("profile.rangeWrong", { min, max }) : undefined;
  };
  return (fields) =>
    Object.fromEntries(
      fields.map((field) => [
        inputName(field),
        (value: string | boolean | undefined) =>
          complaint(field, value ?? (field.kind === "boolean" ? false : "")),
      ]),
    );
}

function isBounded({ minimum, maximum }: ProfileFieldView): boolean {
  return (minimum ?? 0) > -LARGE && (maximum ?? 0) < LARGE;
}

/** The words of a name in camelCase: `companyName` is "Company name". */
function inWords(name: string): string {
  const words = name.replace(/([A-Z]+|\d+)/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

import { useTranslation } from "react-i18next";

import { useGetConfigQuery } from "../api";
import { isSixDigits } from "./typedCode";

/** How many characters a password has at least; the built-in number until the configuration is loaded. */
export function usePasswordMinimum(): number {
  return useGetConfigQuery().data?.passwordMinLength ?? 8;
}

/** Returns the rules that several forms have; the server checks the values again. */
export function useRules() {
  const { t } = useTranslation();
  const count = usePasswordMinimum();
  const required = (value: string) => (value === "" ? t("errors.required") : undefined);
  const filled = (value: string) => required(value.trim());
  return {
    /** Something was typed, be it spaces: for passwords. */
    required,
    filled,
    newPassword: (value: string) =>
      required(value) ?? (value.length < count ? t("errors.password_too_short", { count }) : undefined),
    sixDigits: (value: string) => filled(value) ?? (isSixDigits(value) ? undefined : t("errors.code_shape")),
  };
}

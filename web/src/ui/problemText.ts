import { useTranslation } from "react-i18next";

import type { Problem } from "../api/problem";

function waitText(seconds: number, language: string): string {
  const minutes = Math.ceil(seconds / 60);
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [minutes, "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** Returns a function for the text of a problem in the user's language, or the server's text where there is none. */
export function useProblemText(): (problem: Problem) => string {
  const { t, i18n } = useTranslation();
  return (problem) =>
    t(`errors.${problem.code}`, {
      defaultValue: problem.detail || t("errors.internal_error"),
      wait: waitText(problem.retryAfter ?? 60, i18n.language),
    });
}

/** Returns a function for the text about one field of a problem; undefined if the field has no error. */
export function useFieldText(): (
  problem: Problem,
  field: string,
  passwordMinimum?: number,
) => string | undefined {
  const { t } = useTranslation();
  return (problem, field, passwordMinimum = 8) => {
    const sentence = problem.errors[field];
    if (sentence === undefined) return undefined;
    return t(`errors.${problem.errorCodes[field] ?? ""}`, { defaultValue: sentence, count: passwordMinimum });
  };
}

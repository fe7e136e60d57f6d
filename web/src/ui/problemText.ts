import { useTranslation } from "react-i18next";

import type { Problem } from "../api/problem";
import { usePasswordMinimum } from "./rules";

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

/** Returns a function for the text about one field of a problem. */
export function useFieldText(): (problem: Problem, field: string) => string {
  const { t } = useTranslation();
  const count = usePasswordMinimum();
  return ({ errors, errorCodes }, field) =>
    t(`errors.${errorCodes[field] ?? ""}`, {
      defaultValue: errors[field] ?? t("errors.validation_failed"),
      count,
    });
}

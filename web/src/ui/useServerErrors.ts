import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";

import { asProblem } from "../api/problem";
import { useFieldText } from "./problemText";

/**
 * Shows the errors of a refused request at the fields they name (the first one gets the focus), or above the form.
 */
export function useServerErrors<Values extends FieldValues>(
  form: UseFormReturn<Values>,
  passwordMinimum?: number,
) {
  const [general, setGeneral] = useState<unknown>();
  const fieldText = useFieldText();
  const { t } = useTranslation();
  const show = (error: unknown) => {
    const problem = asProblem(error);
    const known = Object.keys(problem.errorCodes).filter(
      (name) => form.getValues(name as Path<Values>) !== undefined,
    );
    for (const [index, name] of known.entries()) {
      const message = fieldText(problem, name, passwordMinimum) ?? t("errors.validation_failed");
      form.setError(name as Path<Values>, { message }, { shouldFocus: index === 0 });
    }
    setGeneral(known.length > 0 ? undefined : error);
  };
  return { general, show, clear: () => setGeneral(undefined) };
}

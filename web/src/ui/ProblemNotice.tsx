import { useTranslation } from "react-i18next";

import { asProblem } from "../api/problem";
import { useProblemText } from "./problemText";
import { Notice } from "./Notice";

/** The message for a failed request; an internal error shows the request id, for the user to give the operator. */
export function ProblemNotice({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const problem = asProblem(error);
  const ours = problem.code === "internal_error" && problem.requestId;
  return (
    <Notice tone="danger">
      {text(problem)}
      {ours ? (
        <span className="mt-1 block text-sm opacity-80">
          {t("common.requestId", { id: problem.requestId })}
        </span>
      ) : null}
    </Notice>
  );
}

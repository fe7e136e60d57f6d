import { useTranslation } from "react-i18next";

import { asProblem } from "../api/problem";
import { useProblemText } from "./problemText";
import { Notice } from "./Notice";

/** What went wrong with a request, in words, with the id to give to the operator when it was not our reader's doing. */
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

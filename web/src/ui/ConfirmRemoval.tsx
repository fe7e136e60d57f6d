import { useTranslation } from "react-i18next";

import { Button } from "./Button";
import { ProblemNotice } from "./ProblemNotice";

interface Props {
  lead: string;
  action: string;
  error: unknown;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** The content of a dialog that confirms a removal which cannot be undone. */
export function ConfirmRemoval({ lead, action, error, busy, onConfirm, onCancel }: Props) {
  const { t } = useTranslation();
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{lead}</p>
      {error ? <ProblemNotice error={error} /> : null}
      <div className="flex flex-wrap justify-end gap-3">
        <Button look="ghost" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
        <Button look="danger" busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </div>
  );
}

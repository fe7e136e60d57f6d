import { DialogButtons } from "./Form";
import { ProblemNotice } from "./ProblemNotice";

interface Props {
  lead: string;
  action: string;
  error: unknown;
  busy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** The content of a dialog that confirms what cannot be undone. */
export function ConfirmRemoval({ lead, action, error, busy, onConfirm, onCancel }: Props) {
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{lead}</p>
      {error ? <ProblemNotice error={error} /> : null}
      <DialogButtons look="danger" busy={busy} onClick={onConfirm} onCancel={onCancel}>
        {action}
      </DialogButtons>
    </div>
  );
}

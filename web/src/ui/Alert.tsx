import { Button } from "./Button";

interface AlertProps {
  text: string;
  action: string;
  busy: boolean;
  onAction: () => void;
}

/** A warning above an account page that screen readers announce at once, with the button that answers it. */
export function Alert({ text, action, busy, onAction }: AlertProps) {
  return (
    <div
      role="alert"
      className="mb-6 flex flex-wrap items-center justify-between gap-4 rounded-xl bg-warning-soft px-4 py-3 text-warning"
    >
      <p className="min-w-60 flex-1 leading-relaxed">{text}</p>
      <Button look="quiet" busy={busy} onClick={onAction}>
        {action}
      </Button>
    </div>
  );
}

import { useEffect, useId, useRef, type ReactNode } from "react";

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog of the browser: Escape closes it, the focus stays inside, and returns afterwards. */
export function Dialog({ title, open, onClose, children }: Props) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      className="m-auto max-h-[calc(100dvh-2rem)] w-[min(28rem,calc(100vw-2rem))] overflow-y-auto rounded-2xl border border-border bg-surface p-6 text-foreground shadow-card backdrop:bg-black/50 sm:p-8"
    >
      {open ? (
        <>
          <h2 id={titleId} className="mb-4 text-xl font-bold tracking-tight">
            {title}
          </h2>
          {children}
        </>
      ) : null}
    </dialog>
  );
}

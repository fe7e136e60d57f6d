import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from "react";

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  ref?: Ref<HTMLInputElement>;
  aside?: ReactNode;
  trailing?: ReactNode;
  note?: ReactNode;
}

export const inputLook =
  "block min-h-11 w-full rounded-xl border bg-surface px-3.5 py-2 text-base text-foreground placeholder:text-muted";

/** An input with a label; its hint and error are associated with it for screen readers. */
export function Field({ label, hint, error, aside, trailing, note, className = "", ...input }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={className}>
      <div className="mb-1.5 flex items-baseline justify-between gap-4">
        <label htmlFor={id} className="text-[0.95rem] font-semibold">
          {label}
        </label>
        {aside}
      </div>
      <div className="relative">
        <input
          {...input}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={`${inputLook} ${trailing ? "pr-12" : ""} ${error ? "border-danger" : "border-border-strong"}`}
        />
        {trailing}
      </div>
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      ) : null}
      {note}
      {error ? (
        <p id={`${id}-error`} className="mt-1.5 text-sm font-medium text-danger">
          {error}
        </p>
      ) : null}
    </div>
  );
}

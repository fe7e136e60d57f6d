import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from "react";

interface LabelProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  aside?: ReactNode;
  note?: ReactNode;
  className?: string | undefined;
}

export interface FieldProps extends Omit<LabelProps, "className">, InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>;
  trailing?: ReactNode;
}

const inputLook =
  "block min-h-11 w-full rounded-xl border bg-surface px-3.5 py-2 text-base text-foreground placeholder:text-muted";

interface LabelledProps extends LabelProps {
  /** Makes the input of these properties. */
  children: (input: {
    id: string;
    "aria-invalid": true | undefined;
    "aria-describedby": string | undefined;
    className: string;
  }) => ReactNode;
}

/** The frame of an input: its label above, its hint and error below, which screen readers read with it. */
export function Labelled({ label, hint, error, aside, note, className, children }: LabelledProps) {
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
      {children({
        id,
        "aria-invalid": error ? true : undefined,
        "aria-describedby": described || undefined,
        className: `${inputLook} ${error ? "border-danger" : "border-border-strong"}`,
      })}
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

/** An input with a label. `trailing` lies over its end, `aside` beside its label, `note` below its hint. */
export function Field({ label, hint, error, aside, trailing, note, className, ...input }: FieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error} aside={aside} note={note} className={className}>
      {({ className: look, ...bound }) => (
        <div className="relative">
          <input {...input} {...bound} className={`${look} ${trailing ? "pr-12" : ""}`} />
          {trailing}
        </div>
      )}
    </Labelled>
  );
}

import { useId, type Ref, type SelectHTMLAttributes } from "react";

import { inputLook } from "./Field";

interface ChoiceProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  options: (readonly [string, string])[];
  /** The text of the empty option. */
  none?: string;
  hint?: string | undefined;
  error?: string | undefined;
  ref?: Ref<HTMLSelectElement>;
}

/** A list to choose from, with a label; its hint and error are associated with it for screen readers. */
export function Choice({ label, options, none = "–", hint, error, ...rest }: ChoiceProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[0.95rem] font-semibold">
        {label}
      </label>
      <select
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        className={`${inputLook} ${error ? "border-danger" : "border-border-strong"}`}
      >
        <option value="">{none}</option>
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className="mt-1.5 text-sm font-medium text-danger">
          {error}
        </p>
      ) : null}
    </div>
  );
}

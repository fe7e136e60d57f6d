import type { Ref, SelectHTMLAttributes } from "react";

import { Labelled } from "./Field";

interface ChoiceProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  options: (readonly [string, string])[];
  /** The text of the empty option, which comes first; null for none. */
  none?: string | null;
  hint?: string | undefined;
  error?: string | undefined;
  ref?: Ref<HTMLSelectElement>;
}

/** A list to choose from, with a label. */
export function Choice({ label, options, none = "–", hint, error, ...rest }: ChoiceProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(bound) => (
        <select {...rest} {...bound}>
          {none === null ? null : <option value="">{none}</option>}
          {options.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

import { useId, useRef, useState, type ChangeEvent, type SubmitEvent } from "react";
import { flushSync } from "react-dom";

import { asProblem } from "../api/problem";
import { useFieldText } from "./problemText";

/** By field: what is wrong with its value, in the user's language; undefined when nothing is. */
export type Rules<Values> = { [Name in keyof Values]?: (value: Values[Name]) => string | undefined };

/**
 * The state of a form. `send` gets the values once the rules hold, and resolves to the error of a refused request, if
 * any; `set` replaces the values, such as by what was stored. Errors are shown at the fields that they name, of which the
 * first gets the focus, or else above the form.
 */
export function useForm<Values extends Record<string, string | boolean>>(
  initial: Values,
  rules: Rules<Values>,
  send: (values: Values, set: (values: Values) => void) => Promise<unknown>,
) {
  const id = useId();
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Partial<Record<keyof Values, string | undefined>>>({});
  const [problem, setProblem] = useState<unknown>();
  const [phase, setPhase] = useState<"typing" | "sending" | "sent">("typing");
  // A second submit can come before the page shows the first one, such as by Enter; and what is typed meanwhile is not
  // part of what is stored.
  const sending = useRef(false);
  const typed = useRef(false);
  const fieldText = useFieldText();

  const change = (name: keyof Values, value: string | boolean) => {
    setValues((before) => ({ ...before, [name]: value }));
    if (errors[name]) setErrors({ ...errors, [name]: rules[name]?.(value as Values[keyof Values]) });
    typed.current = true;
    setPhase((now) => (now === "sending" ? now : "typing"));
  };
  const show = (found: typeof errors) => {
    flushSync(() => setErrors(found));
    formOf(id)?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  };
  const refuse = (error: unknown) => {
    const refused = asProblem(error);
    const named = Object.keys(refused.errorCodes).filter((name) => formOf(id)?.elements.namedItem(name));
    setProblem(named.length > 0 ? undefined : error);
    show(Object.fromEntries(named.map((name) => [name, fieldText(refused, name)])) as typeof errors);
  };
  /** Checks all values except the one named `without`, and sends them: by `send`, or by another request. */
  const run = async (action = send, without?: keyof Values) => {
    if (sending.current) return;
    const names = Object.keys(rules).filter((name) => name !== without) as (keyof Values)[];
    const wrong = names
      .map((name) => [name, rules[name]?.(values[name])] as const)
      .filter(([, text]) => text);
    setProblem(undefined);
    show(Object.fromEntries(wrong) as typeof errors);
    if (wrong.length > 0) return;
    setPhase("sending");
    sending.current = true;
    typed.current = false;
    const error = await action(values, setValues).catch((thrown: unknown) => thrown);
    sending.current = false;
    setPhase(error || typed.current ? "typing" : "sent");
    if (error) refuse(error);
  };
  return {
    id,
    problem,
    run,
    busy: phase === "sending",
    sent: phase === "sent",
    submit: (event: SubmitEvent) => {
      event.preventDefault();
      void run();
    },
    text: (name: keyof Values & string) => ({
      name,
      value: String(values[name] ?? ""),
      error: errors[name],
      onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
        change(name, event.target.value),
    }),
    tick: (name: keyof Values & string) => ({
      name,
      checked: values[name] === true,
      error: errors[name],
      onChange: (event: ChangeEvent<HTMLInputElement>) => change(name, event.target.checked),
    }),
  };
}

function formOf(id: string): HTMLFormElement | undefined {
  const found = document.getElementById(id);
  return found instanceof HTMLFormElement ? found : undefined;
}

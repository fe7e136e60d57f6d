import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "./Button";
import { Field } from "./Field";
import { isSixDigits, typedCode } from "./typedCode";

interface Props {
  label: string;
  submit: string;
  busy?: boolean;
  /** True for six digits; false for any text, such as a recovery code. */
  numeric?: boolean;
  /** For pages that only need the code: takes the focus, and submits itself the first time it is complete. */
  eager?: boolean;
  onCode: (code: string) => unknown;
  children?: ReactNode;
}

/** A form with one field for a code: pasted, autofilled or typed, with or without spaces, in digits of any script. */
export function CodeForm({ label, submit, busy, numeric = true, eager = false, onCode, children }: Props) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const sentByItself = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (eager) field.current?.focus();
  }, [eager]);
  const send = async (typed: string) => {
    const plain = typedCode(typed);
    const complete = numeric ? isSixDigits(typed) : plain.length > 0;
    setMissing(!complete);
    if (complete) await onCode(plain);
    field.current?.select();
  };
  const change = (typed: string) => {
    setCode(typed);
    if (!eager || !numeric || !isSixDigits(typed) || sentByItself.current) return;
    sentByItself.current = true;
    void send(typed);
  };
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void send(code);
      }}
    >
      <Field
        label={label}
        autoComplete="one-time-code"
        inputMode={numeric ? "numeric" : "text"}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={numeric ? 24 : 64}
        value={code}
        onChange={(event) => change(event.target.value)}
        error={missing ? t(numeric ? "errors.code_shape" : "errors.required") : undefined}
        ref={field}
      />
      {children}
      <Button type="submit" busy={busy ?? false} className="w-full">
        {submit}
      </Button>
    </form>
  );
}

import { useEffect, useRef, type ChangeEvent, type ReactNode, type RefObject } from "react";
import { flushSync } from "react-dom";

import { Button } from "./Button";
import { Field, type FieldProps } from "./Field";
import { Form } from "./Form";
import { useRules } from "./rules";
import { isSixDigits, typedCode } from "./typedCode";
import { useForm } from "./useForm";

interface CodeFieldProps extends FieldProps {
  field: RefObject<HTMLInputElement | null>;
  onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  /** True for six digits; false for any text, such as a recovery code. */
  numeric?: boolean;
  /** Whether the form is submitted the first time that six digits are complete. */
  eager?: boolean;
}

/** A field for a code: pasted, autofilled or typed, with or without spaces, in digits of any script. */
export function CodeField({ field, numeric = true, eager = false, onChange, ...rest }: CodeFieldProps) {
  const sentByItself = useRef(false);
  const { error } = rest;
  useEffect(() => {
    if (error) field.current?.select();
  }, [error, field]);
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    const { form, value } = event.target;
    flushSync(() => onChange(event));
    if (!eager || !isSixDigits(value) || sentByItself.current) return;
    sentByItself.current = true;
    form?.requestSubmit();
  };
  return (
    <Field
      autoComplete="one-time-code"
      inputMode={numeric ? "numeric" : "text"}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={numeric ? 24 : 64}
      {...rest}
      onChange={change}
      ref={field}
    />
  );
}

interface Props {
  label: string;
  submit: string;
  numeric?: boolean;
  /** For pages that only need the code: takes the focus, and submits itself the first time it is complete. */
  eager?: boolean;
  onCode: (code: string) => Promise<unknown>;
  children?: ReactNode;
}

/** A form with one field for a code. */
export function CodeForm({ label, submit, numeric = true, eager = false, onCode, children }: Props) {
  const { filled, sixDigits } = useRules();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (eager) field.current?.focus();
  }, [eager]);
  const form = useForm({ code: "" }, { code: numeric ? sixDigits : filled }, async ({ code }) => {
    await onCode(typedCode(code));
    field.current?.select();
  });
  return (
    <Form form={form}>
      <CodeField
        label={label}
        field={field}
        numeric={numeric}
        eager={eager && numeric}
        {...form.text("code")}
      />
      {children}
      <Button type="submit" busy={form.busy} className="w-full">
        {submit}
      </Button>
    </Form>
  );
}

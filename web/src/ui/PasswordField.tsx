import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { Field, type FieldProps } from "./Field";
import { EyeIcon, EyeOffIcon } from "./icons";

/** A password input: shown on demand, hidden again on submit, with a hint while Caps Lock is on. */
export function PasswordField(props: FieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const form = toggle.current?.form;
    const hide = () => setShown(false);
    form?.addEventListener("submit", hide);
    return () => form?.removeEventListener("submit", hide);
  }, []);

  const watchCapsLock = (event: KeyboardEvent<HTMLInputElement>) =>
    setCapsLock(event.getModifierState("CapsLock"));

  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      spellCheck={false}
      autoCapitalize="none"
      onKeyDown={watchCapsLock}
      onKeyUp={watchCapsLock}
      note={
        <p role="status" className={capsLock ? "mt-1.5 text-sm text-warning" : "sr-only"}>
          {capsLock ? t("fields.capsLock") : ""}
        </p>
      }
      trailing={
        <button
          ref={toggle}
          type="button"
          aria-pressed={shown}
          aria-label={shown ? t("fields.hide") : t("fields.show")}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 flex w-11 items-center justify-center rounded-xl text-muted hover:text-foreground"
        >
          {shown ? <EyeOffIcon /> : <EyeIcon />}
        </button>
      }
    />
  );
}

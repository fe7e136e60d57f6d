import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { Field, type FieldProps } from "./Field";
import { EyeIcon, EyeOffIcon } from "./icons";
import { usePasswordMinimum } from "./rules";

type Strength = "short" | "fair" | "strong";

/** Rates a password by its length only, as length is what helps; fewer than five different characters are weak. */
function strengthOf(password: string): Strength | undefined {
  if (!password) return undefined;
  const characters = [...password.normalize("NFC")];
  const length = new Set(characters).size < 5 ? 0 : characters.length;
  return length < 12 ? "short" : length < 16 ? "fair" : "strong";
}

function note(capsLock: boolean, strength: Strength | undefined): string {
  if (!capsLock && !strength) return "sr-only";
  return `mt-1.5 text-sm ${!capsLock && strength === "strong" ? "text-success" : "text-warning"}`;
}

/**
 * A password input that can be shown, and is hidden again on submit. It warns while Caps Lock is on, and rates the
 * strength of a new password.
 */
export function PasswordField(props: FieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const [strength, setStrength] = useState<Strength>();
  const toggle = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    const form = toggle.current?.form;
    const hide = () => setShown(false);
    form?.addEventListener("submit", hide);
    return () => form?.removeEventListener("submit", hide);
  }, []);

  const isNew = props.autoComplete === "new-password";
  const watch = (event: KeyboardEvent<HTMLInputElement>) => {
    setCapsLock(event.getModifierState("CapsLock"));
    if (isNew) setStrength(strengthOf(event.currentTarget.value));
  };

  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      spellCheck={false}
      autoCapitalize="none"
      onKeyDown={watch}
      onKeyUp={watch}
      note={
        <p role="status" className={note(capsLock, strength)}>
          {capsLock ? t("fields.capsLock") : strength ? t(`fields.strength.${strength}`) : ""}
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

/** The input of a password that is chosen now. */
export function NewPasswordField(props: FieldProps) {
  const { t } = useTranslation();
  const hint = t("fields.passwordHint", { count: usePasswordMinimum() });
  return <PasswordField hint={hint} autoComplete="new-password" {...props} />;
}

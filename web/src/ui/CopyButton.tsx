import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, type ButtonProps } from "./Button";

interface Props extends Pick<ButtonProps, "look"> {
  text: string;
  label?: string;
}

/** A button that copies a text to the clipboard and confirms it, also to screen readers. */
export function CopyButton({ text, label, look = "ghost" }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <>
      <Button look={look} className={look === "ghost" ? "px-3" : ""} onClick={() => void copy()}>
        {copied ? t("common.copied") : (label ?? t("common.copy"))}
      </Button>
      <span role="status" className="sr-only">
        {copied ? t("common.copied") : ""}
      </span>
    </>
  );
}

import type { ReactNode, SubmitEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button, type ButtonProps } from "./Button";
import { Notice } from "./Notice";
import { Section, type SectionProps } from "./Page";
import { ProblemNotice } from "./ProblemNotice";

interface FormState {
  id: string;
  problem: unknown;
  submit: (event: SubmitEvent) => void;
  busy: boolean;
  sent: boolean;
}

interface FormProps {
  form: FormState;
  className?: string;
  children: ReactNode;
}

/** A form with the state of `useForm`; what a refusal says about no field in particular is shown above the fields. */
export function Form({ form, className = "", children }: FormProps) {
  return (
    <form id={form.id} noValidate onSubmit={form.submit} className={`space-y-5 ${className}`}>
      {form.problem ? <ProblemNotice error={form.problem} /> : null}
      {children}
    </form>
  );
}

interface FormSectionProps extends SectionProps {
  form: FormState;
  submit: string;
  /** Shown after the server has stored the values. */
  saved: string;
  /** Shown below the form. */
  after?: ReactNode;
}

/** A section of an account page that is a form: its fields in two columns, its button, and that it was saved. */
export function FormSection({ form, submit, saved, after, children, ...section }: FormSectionProps) {
  return (
    <Section {...section}>
      <Form form={form}>
        <div className="grid items-start gap-5 sm:grid-cols-2">{children}</div>
        <div className="flex flex-wrap items-center gap-4">
          <Button type="submit" busy={form.busy}>
            {submit}
          </Button>
          {form.sent ? <Notice tone="success">{saved}</Notice> : null}
        </div>
      </Form>
      {after}
    </Section>
  );
}

/** The buttons of a dialog: cancel, and what the dialog is for. Without `onClick` the second one submits the form. */
export function DialogButtons({ onCancel, ...action }: ButtonProps & { onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap justify-end gap-3">
      <Button look="ghost" onClick={onCancel}>
        {t("common.cancel")}
      </Button>
      <Button type={action.onClick ? "button" : "submit"} {...action} />
    </div>
  );
}

/** The username, for password managers, which look for it beside a password. */
export function Username({ value }: { value: string }) {
  return <input type="text" name="username" autoComplete="username" value={value} readOnly hidden />;
}

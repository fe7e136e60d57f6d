import { useId, type InputHTMLAttributes, type Ref } from "react";
import type { FieldErrors, UseFormRegisterReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";

import type { ProfileFieldView } from "../../api";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { useFieldRules, useHint, useLabel, type Rules } from "./texts";
import type { FormValues } from "./values";

interface ProfileInputsProps {
  fields: ProfileFieldView[];
  /** Registers the field with this name in the form. */
  register: (name: string, rules: Rules) => UseFormRegisterReturn;
  errors: FieldErrors<FormValues> | undefined;
}

/** One input for each profile field that the operator has declared. */
export default function ProfileInputs({ fields, register, errors }: ProfileInputsProps) {
  const rules = useFieldRules();
  return fields.map((field) => (
    <ProfileInput
      key={field.name}
      field={field}
      error={errors?.[field.name]?.message}
      {...register(field.name, rules(field))}
    />
  ));
}

// What browsers and password managers fill in by themselves, and the keyboard of a phone for it.
const AUTOCOMPLETE: Record<string, string> = {
  address: "street-address",
  birthday: "bday",
  city: "address-level2",
  company: "organization",
  country: "country-name",
  jobTitle: "organization-title",
  mobile: "tel",
  organization: "organization",
  phone: "tel",
  postalCode: "postal-code",
  website: "url",
};

interface ProfileInputProps extends Omit<UseFormRegisterReturn, "ref"> {
  field: ProfileFieldView;
  error: string | undefined;
  ref: UseFormRegisterReturn["ref"];
}

function ProfileInput({ field, error, ...input }: ProfileInputProps) {
  const { t } = useTranslation();
  const label = useLabel()(field.name);
  const hint = useHint()(field);
  const autoComplete = AUTOCOMPLETE[field.name] ?? "off";
  switch (field.kind) {
    case "boolean":
      return <Tick label={label} error={error} {...input} />;
    case "choice":
      return (
        <Choice
          label={label}
          hint={hint}
          error={error}
          none={t("profile.choose")}
          options={field.choices.map((choice) => [choice, choice])}
          {...input}
        />
      );
    case "date":
      return (
        <Field label={label} hint={hint} error={error} type="date" autoComplete={autoComplete} {...input} />
      );
    case "number":
      return (
        <Field label={label} hint={hint} error={error} inputMode="decimal" autoComplete="off" {...input} />
      );
    default:
      return (
        <Field
          label={label}
          hint={hint}
          error={error}
          inputMode={autoComplete === "tel" ? "tel" : undefined}
          autoComplete={autoComplete}
          {...input}
        />
      );
  }
}

interface TickProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  error: string | undefined;
  ref: Ref<HTMLInputElement>;
}

function Tick({ label, error, ...input }: TickProps) {
  const id = useId();
  return (
    <div className="self-center">
      <label className="flex min-h-11 items-center gap-3 text-[0.95rem] font-semibold">
        <input
          {...input}
          type="checkbox"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          className="size-5 shrink-0 accent-primary"
        />
        {label}
      </label>
      {error ? (
        <p id={`${id}-error`} className="mt-1.5 text-sm font-medium text-danger">
          {error}
        </p>
      ) : null}
    </div>
  );
}

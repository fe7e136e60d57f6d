import type { ChangeEvent } from "react";
import { useTranslation } from "react-i18next";

import type { ProfileFieldView } from "../../api";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Tick } from "../../ui/Tick";
import { useHint, useLabel } from "./texts";
import { inputName, type InputName } from "./values";

/** What an input gets from the form that it is in. */
interface Bound<Element> {
  name: string;
  error: string | undefined;
  onChange: (event: ChangeEvent<Element>) => void;
}

interface FormOfFields {
  text: (name: InputName) => Bound<HTMLInputElement | HTMLSelectElement> & { value: string };
  tick: (name: InputName) => Bound<HTMLInputElement> & { checked: boolean };
}

/** One input for each profile field that the operator has declared. */
export default function ProfileInputs({ fields, form }: { fields: ProfileFieldView[]; form: FormOfFields }) {
  return fields.map((field) => <ProfileInput key={field.name} field={field} form={form} />);
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

function ProfileInput({ field, form }: { field: ProfileFieldView; form: FormOfFields }) {
  const { t } = useTranslation();
  const name = inputName(field);
  const label = useLabel()(field.name);
  const hint = useHint()(field);
  const autoComplete = AUTOCOMPLETE[field.name] ?? "off";
  const common = { label, hint, ...form.text(name) };
  switch (field.kind) {
    case "boolean":
      return (
        <Tick className="self-center font-semibold" {...form.tick(name)}>
          {label}
        </Tick>
      );
    case "choice":
      return (
        <Choice
          {...common}
          none={t("profile.choose")}
          options={field.choices.map((choice) => [choice, choice])}
        />
      );
    case "date":
      return <Field {...common} type="date" autoComplete={autoComplete} />;
    case "number":
      return <Field {...common} inputMode="decimal" autoComplete="off" />;
    default:
      return (
        <Field
          {...common}
          inputMode={autoComplete === "tel" ? "tel" : undefined}
          autoComplete={autoComplete}
        />
      );
  }
}

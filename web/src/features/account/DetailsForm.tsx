import { useId, type Ref, type SelectHTMLAttributes } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, usePatchAccountMutation, type SafeUser } from "../../api";
import { chooseLanguage, LANGUAGES, type Language } from "../../app/i18n";
import { Button } from "../../ui/Button";
import { Field, inputLook } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { signalAll } from "../login/passkeys";

export function DetailsForm({ user }: { user: SafeUser }) {
  const { t } = useTranslation();
  const { data: methods } = useGetAccountMethodsQuery();
  const [change, { isLoading, isSuccess }] = usePatchAccountMutation();
  const form = useForm({
    defaultValues: {
      name: user.name ?? "",
      username: user.username,
      locale: user.locale ?? "",
      timeZone: user.timeZone ?? "",
    },
  });
  const { general, show, clear } = useServerErrors(form);
  const { errors, isDirty } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    clear();
    const answer = await change({
      accountChange: {
        name: values.name || null,
        username: values.username,
        locale: values.locale || null,
        timeZone: values.timeZone || null,
      },
    });
    if (answer.error) {
      show(answer.error);
      return;
    }
    form.reset(values);
    if (methods?.passkeys.length) void signalAll(methods, values.username);
    if (values.locale) await chooseLanguage(values.locale as Language);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label={t("fields.name")}
          hint={t("common.optional")}
          autoComplete="name"
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label={t("fields.username")}
          hint={t("fields.usernameHint")}
          autoComplete="username"
          spellCheck={false}
          error={errors.username?.message}
          {...form.register("username", { required: t("errors.required") })}
        />
        <Choice
          label={t("common.language")}
          options={Object.entries(LANGUAGES)}
          {...form.register("locale")}
        />
        <Choice
          label={t("fields.timeZone")}
          options={Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone])}
          {...form.register("timeZone")}
        />
      </div>
      <div className="flex items-center gap-4">
        <Button type="submit" busy={isLoading}>
          {t("common.save")}
        </Button>
        {isSuccess && !isDirty ? <Notice tone="success">{t("common.saved")}</Notice> : null}
      </div>
    </form>
  );
}

interface ChoiceProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  options: (readonly [string, string])[];
  ref?: Ref<HTMLSelectElement>;
}

function Choice({ label, options, ...rest }: ChoiceProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[0.95rem] font-semibold">
        {label}
      </label>
      <select {...rest} id={id} className={`${inputLook} border-border-strong`}>
        <option value="">–</option>
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

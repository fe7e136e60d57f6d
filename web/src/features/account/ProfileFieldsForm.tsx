import { useTranslation } from "react-i18next";

import { usePatchAccountMutation, type ProfileFieldView, type SafeUser } from "../../api";
import { FormSection } from "../../ui/Form";
import { useForm } from "../../ui/useForm";
import ProfileInputs from "../profile_fields/ProfileInputs";
import { useFieldRules } from "../profile_fields/texts";
import { initialValues, typedValues } from "../profile_fields/values";

/** The profile fields that the operator has declared, with the user's values. */
export function ProfileFieldsForm({ user, fields }: { user: SafeUser; fields: ProfileFieldView[] }) {
  const { t } = useTranslation();
  const rules = useFieldRules()(fields);
  const [change] = usePatchAccountMutation();
  const form = useForm(initialValues(fields, user.profile), rules, async (values, set) => {
    const answer = await change({ accountChange: { profile: typedValues(fields, values) } });
    if (answer.data) set(initialValues(fields, answer.data.user.profile));
    return answer.error;
  });
  return (
    <FormSection
      title={t("profile.title")}
      lead={t("profile.lead")}
      form={form}
      submit={t("common.save")}
      saved={t("common.saved")}
    >
      <ProfileInputs fields={fields} form={form} />
    </FormSection>
  );
}

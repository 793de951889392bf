"""The dialog of an entry's options."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import BooleanSelector, NumberSelector, NumberSelectorConfig, NumberSelectorMode
import voluptuous as vol

from .const import CONF_ADD_NEW_SERVERS, CONF_LIVE, CONF_USAGE_INTERVAL, DEFAULT_USAGE_INTERVAL

OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ADD_NEW_SERVERS, default=True): BooleanSelector(),
        vol.Required(CONF_LIVE, default=True): BooleanSelector(),
        vol.Required(CONF_USAGE_INTERVAL, default=DEFAULT_USAGE_INTERVAL): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=5, max=300, step=1, unit_of_measurement=UnitOfTime.SECONDS, mode=NumberSelectorMode.BOX
                )
            ),
            vol.Coerce(int),
        ),
    }
)


class StellarStackOptionsFlow(OptionsFlow):
    """Sets the options."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether new servers appear by themselves, and what is live."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, self.config_entry.options),
        )

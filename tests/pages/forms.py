"""Using a record page as a person does: boxes by their labels, buttons by their words, panels by their codes."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import texts


def keyed(app: AppTest, key: str) -> Any:
    """The widget with this key."""
    return app.get_by_key(key)


def box(app: AppTest, label: str) -> Any:
    """The last box with this label: those of the open panel come after the filters."""
    kinds = (app.text_input, app.text_area, app.selectbox, app.date_input, app.number_input, app.checkbox)
    more = (app.multiselect, app.pills, app.toggle, app.radio)
    found: list[Any] = [each for kind in (*kinds, *more) for each in kind if each.label == label]
    return found[-1]


def type_in(app: AppTest, **values: object) -> None:
    """Fill boxes by their labels (``_`` for a space)."""
    for label, value in values.items():
        box(app, label.replace("_", " ")).set_value(value)


def press(app: AppTest, label: str) -> AppTest:
    """Press the last button with these words, and run."""
    next(button for button in reversed(list(app.button)) if button.label == label).click()
    return app.run()


def panel(app: AppTest, name: str) -> AppTest:
    """Choose what the panel beside the list shows."""
    keyed(app, app.segmented_control[-1].key or "").set_value(name)
    return app.run()


def panels(app: AppTest) -> list[str]:
    """What the panel may show."""
    return list(app.segmented_control[-1].options) if len(app.segmented_control) else []


def said(app: AppTest) -> str:
    """Everything the page says, its tables included; a page that broke down fails here."""
    assert not app.exception
    return texts(app) + "\n" + "\n".join(frame.value.to_string() for frame in app.dataframe)

"""What scikit-learn asks of an estimator, without importing it before it is asked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from sklearn.utils import Tags


class Estimator:
    """A classifier of texts; its parameters are the arguments of its constructor, which keeps them as they are."""

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's signature)
        """The arguments that it was made with."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Changes some of them.

        Raises:
            ValueError: there is no such argument.
        """
        for name, value in params.items():
            if name not in self._parameter_names():
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}: it has {', '.join(self._parameter_names())}"
                )
            setattr(self, name, value)
        return self

    def require_fitted(self) -> None:
        """Raises scikit-learn's NotFittedError where there are no rules yet."""
        if not self.__sklearn_is_fitted__():
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"this {type(self).__name__} has no rules yet: call fit, load or from_store")

    def __sklearn_is_fitted__(self) -> bool:
        return "rule_set_" in self.__dict__

    def __sklearn_tags__(self) -> Tags:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, multi_output=True),
            classifier_tags=ClassifierTags(multi_label=True),
            input_tags=InputTags(two_d_array=False, one_d_array=True, string=True),
        )

    def __sklearn_clone__(self) -> Self:
        # Candidates are never changed, so the copy can have the same ones.
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        shown = {name: value for name, value in self.get_params().items() if name not in ("candidates", "provenance")}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

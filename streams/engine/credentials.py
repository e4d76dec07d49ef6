"""What Faust wants to know to log in to Kafka, from the settings of the connection. Opens no connection."""

from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT

from streams.connection import Connection


def credentials(connection: Connection) -> CredentialsT | None:
    """Return Faust's broker credentials, None where Kafka is reached in plain text without a login.

    Raises:
        SettingsError: a file that a setting names cannot be read, or holds no secret.
    """
    context = connection.ssl_context() if connection.encrypted else None
    if not connection.logs_in:
        return SSLCredentials(context) if context else None
    if connection.sasl_mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=connection.token_provider(), ssl_context=context)
    return SASLCredentials(
        username=connection.sasl_username,
        password=connection.password(),
        ssl_context=context,
        mechanism=connection.sasl_mechanism,
    )

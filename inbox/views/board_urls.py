"""The addresses of the board."""

from django.urls import path

from inbox.views import board

urlpatterns = [
    path("board/", board.show, name="board"),
    path("board/move/", board.move, name="board_move"),
    path("board/share/", board.share_out, name="board_share"),
]
